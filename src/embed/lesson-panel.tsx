export { default } from '../app/lesson/lesson.tsx';
