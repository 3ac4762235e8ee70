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
}
export interface SurfaceProps {
  fontSize: number;
  lineHeight: number;
  /** Called when lines move: scrolling, layout. */
  onMove(): void;
  onSurface(surface: Surface | null): void;
  onHoverLine(line: number | null): void;
}
