/** Words of the transcript. */
import { number } from './en.ts';

export const exportWords = {
  untitled: 'A run',
  at: (title: string, time: string) => `${title}, at ${time}`,
  run: (seed: number, mode: string, workers: number) =>
    `Seed ${seed}, kube-proxy in ${mode} mode, ${number(workers)} ${workers === 1 ? 'worker' : 'workers'}, Kubernetes v1.36.2, simulated by Kubarium.`,
  open: 'Open this moment',
  manifest: 'Manifest',
  happened: 'What happened',
  earlier: (n: number) => `${number(n)} earlier entries are left out.`,
  state: (name: string, word: string) => `${name}: ${word}`,
  exit: (name: string, word: string) => `${name}: ${word}`,
  command: (text: string) => `command: ${text}`,
  fault: (text: string) => `fault: ${text}`,
  shell: 'Shell',
  pods: 'Pods',
  columns: ['Pod', 'Ready', 'Status', 'Restarts', 'IP', 'Node'],
  failed: (error: string) => `The picture could not be made: ${error}`,
} as const;
