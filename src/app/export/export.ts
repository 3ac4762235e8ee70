/** What can be taken along: picture, link, transcript. Loaded when asked for. */
import { momentLink } from '../share/moment.ts';
import { useShell } from '../shell/log.ts';
import { records } from '../state/records.ts';
import { useRun } from '../state/run.ts';
import { useUi } from '../state/ui.ts';
import { exportWords as t } from '../words/export.en.ts';
import { pictureBlob, pictureSvg } from './picture.ts';
import { transcript } from './transcript.ts';

export type ExportKind = 'svg' | 'png' | 'link' | 'markdown';

export async function exportAs(kind: ExportKind): Promise<void> {
  if (kind === 'link') {
    await navigator.clipboard.writeText((await momentLink()).url);
    return;
  }
  if (kind === 'markdown') {
    download(new Blob([await markdown()], { type: 'text/markdown' }), 'md');
    return;
  }
  // The menu that this was chosen from goes first.
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const root = document.querySelector<HTMLElement>('.app');
  if (!root) throw new Error(t.failed(''));
  const svg = pictureSvg(root, themeNow());
  download(kind === 'svg' ? new Blob([svg], { type: 'image/svg+xml' }) : await pictureBlob(svg), kind);
}

async function markdown(): Promise<string> {
  const { opened, nowMs, marks, lanes } = useRun.getState();
  const cluster = records.get('cluster');
  const url = await momentLink().then(
    (moment) => (moment.tooLong ? '' : moment.url),
    () => '',
  );
  return transcript({
    title: opened?.title ?? '',
    url,
    nowMs,
    seed: cluster?.type === 'cluster' ? cluster.seed : (opened?.seed ?? 0),
    mode: cluster?.type === 'cluster' ? cluster.proxyMode : '',
    workers: cluster?.type === 'cluster' ? cluster.workers : 0,
    manifest: opened?.manifest ?? '',
    marks,
    lanes,
    pods: records.list('pod'),
    shell: useShell.getState().entries,
  });
}

function themeNow(): string {
  const { theme } = useUi.getState();
  if (theme !== 'system') return theme;
  if (matchMedia('(prefers-contrast: more)').matches) return 'contrast';
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

function download(blob: Blob, extension: string): void {
  const { opened, nowMs } = useRun.getState();
  const name =
    (opened?.title ?? 'kubarium')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 60) || 'kubarium';
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `${name}-${(nowMs / 1000).toFixed(3)}s.${extension}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
