/** The packet lens, by the name under which it is loaded. */
export { LensPane as Lens } from '../lens/lens-pane.tsx';
