/** Deutsche Wörter der Mitschrift. */
import { number } from './en.ts';
import type { exportWords } from './export.en.ts';
import type { Translation } from './translation.ts';

export const exportDe: Translation<typeof exportWords> = {
  untitled: 'Ein Lauf',
  at: (title, time) => `${title}, bei ${time}`,
  run: (seed, mode, workers) => `Seed ${seed}, kube-proxy im Modus ${mode}, ${number(workers)} Worker, Kubernetes v1.36.2, simuliert von Kubarium.`,
  open: 'Diesen Moment öffnen',
  manifest: 'Manifest',
  happened: 'Was geschah',
  earlier: (n) => `${number(n)} frühere Einträge fehlen.`,
  state: (name, word) => `${name}: ${word}`,
  exit: (name, word) => `${name}: ${word}`,
  command: (text) => `Befehl: ${text}`,
  fault: (text) => `Störung: ${text}`,
  shell: 'Shell',
  pods: 'Pods',
  columns: ['Pod', 'Ready', 'Status', 'Neustarts', 'IP', 'Node'],
  failed: (error) => `Das Bild gelang nicht: ${error}`,
};
