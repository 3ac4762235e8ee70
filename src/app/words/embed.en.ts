/** Words of an embed. */
export const embedWords = {
  run: 'Run the figure',
  what: (kilobytes: number) => `a simulated node, ${kilobytes} KB`,
  loading: 'Loading',
  notLoaded: 'The figure could not be loaded.',
  retry: 'Try again',
  close: 'Close',
  panels: { editor: 'Manifest', shell: 'Shell', lesson: 'Lesson' },
  show: { editor: 'Edit the manifest', shell: 'Shell', lesson: 'Lesson' },
  hide: { editor: 'Hide the manifest', shell: 'Hide the shell', lesson: 'Hide the lesson' },
  open: 'Open in Kubarium',
  openShort: 'Open',
  speed: (speed: number) => `${speed}×`,
  speedIs: (speed: number) => `Speed ${speed}×, change`,
  dropped: 'This figure leaves out the scheduler, the controllers and storage; the whole page shows them.',
  problems: 'Options of this embed that were not understood',
} as const;
