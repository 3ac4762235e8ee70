/** Deutsche Wörter einer Einbettung. */
import type { embedWords } from './embed.en.ts';
import type { Translation } from './translation.ts';

export const embedDe: Translation<typeof embedWords> = {
  run: 'Figur starten',
  what: (kilobytes) => `ein simulierter Node${kilobytes && `, ${kilobytes} KB`}`,
  loading: 'Lädt',
  notLoaded: 'Die Figur konnte nicht geladen werden.',
  retry: 'Noch einmal',
  close: 'Schließen',
  panels: { editor: 'Manifest', shell: 'Shell', lesson: 'Lektion' },
  show: { editor: 'Manifest bearbeiten', shell: 'Shell', lesson: 'Lektion' },
  hide: { editor: 'Manifest verbergen', shell: 'Shell verbergen', lesson: 'Lektion verbergen' },
  open: 'In Kubarium öffnen',
  openShort: 'Öffnen',
  speed: (speed) => `${speed}×`,
  speedIs: (speed) => `Tempo ${speed}×, ändern`,
  parts: {
    scheduler: 'Scheduler',
    controllerManager: 'Controller',
    runtime: 'containerd',
    cni: 'CNI',
    storage: 'Storage',
    cgroups: 'cgroups',
    routes: 'Routen',
    conntrack: 'conntrack',
    registry: 'Registry',
    loadBalancer: 'Load Balancer',
    'worker-2': 'worker-2',
  },
  leftOut: (parts) => `Simuliert, hier nicht gezeichnet: ${parts.join(', ')}.`,
  problems: 'Optionen dieser Einbettung, die nicht verstanden wurden',
};
