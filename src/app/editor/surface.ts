/** What both editors, the plain one and Monaco, give to what is drawn over them. */
export interface Surface {
  /** Top of a line (from 1) in px from the top of the pane, scrolling included; below the last: where the text ends. */
  topOf(line: number): number;
  lineHeight: number;
  focus(): void;
  reveal(line: number): void;
  /** For the phone's row of keys. */
  insert(text: string): void;
  indent(by: 1 | -1): void;
  undo(): void;
  /** Where the cursor is, from 1. */
  line(): number;
  /** Puts the cursor at the end of a line, with the focus. */
  goTo(line: number): void;
  /** In place of what is selected, as it is: no line is indented anew. */
  paste(text: string): void;
}
/** The editor that is shown. */
let current: Surface | null = null;
export const setSurface = (surface: Surface | null): void => {
  current = surface;
};
export const currentSurface = (): Surface | null => current;

export interface SurfaceProps {
  fontSize: number;
  lineHeight: number;
  /** Called when lines move: scrolling, layout. */
  onMove(): void;
  onSurface(surface: Surface | null): void;
  onHoverLine(line: number | null): void;
}
