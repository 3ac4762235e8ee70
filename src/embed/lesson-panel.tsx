export default function EmbedLesson() {
  return null;
}
