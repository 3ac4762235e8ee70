/** The export's door: what it needs is loaded when it is used. */
import type { ExportKind } from './export.ts';

export const exportKinds = ['png', 'svg', 'link', 'markdown'] as const satisfies readonly ExportKind[];

export function takeAlong(kind: ExportKind): void {
  import('./export.ts').then(({ exportAs }) => exportAs(kind)).catch((error: unknown) => console.warn(error instanceof Error ? error.message : String(error)));
}
