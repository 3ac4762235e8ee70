/** Virtual rows: one that may be out of sight is scrolled into it, and has the focus once it is drawn. */

/** `box` scrolls; its rows have `data-row` and are `rowHeight` px high. */
export function focusRow(box: HTMLElement, row: number, rowHeight: number): void {
  const top = row * rowHeight;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + rowHeight > box.scrollTop + box.clientHeight) box.scrollTop = top + rowHeight - box.clientHeight;
  requestAnimationFrame(() => box.querySelector<HTMLElement>(`[data-row="${row}"]`)?.focus());
}
