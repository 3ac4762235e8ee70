/** Words of an embed. */
export const embedWords = {
  run: 'Run the figure',
  /** '' before the build has counted them. */
  what: (kilobytes: string) => `a simulated node${kilobytes && `, ${kilobytes} KB`}`,
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
  /** Parts of the wide map by their names there. */
  parts: {
    scheduler: 'scheduler',
    controllerManager: 'controllers',
    runtime: 'containerd',
    cni: 'CNI',
    storage: 'storage',
    cgroups: 'cgroups',
    routes: 'routes',
    conntrack: 'conntrack',
    registry: 'registry',
    loadBalancer: 'load balancer',
    'worker-2': 'worker-2',
  },
  leftOut: (parts: readonly string[]) => `Simulated, not drawn here: ${parts.join(', ')}.`,
  problems: 'Options of this embed that were not understood',
} as const;
