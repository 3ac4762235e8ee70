/** What `kubarium/core` gives to other programs: a world, its view, and manifests from their text. */
import type { Command } from '../core/index.ts';
import { applyCommand } from '../session/commands.ts';

export * from '../core/index.ts';

/** `kubectl apply -f` of this text, to be given to `world.schedule(atMs, …)` or `world.command(…)`. */
export const applyOf = (yaml: string, namespace = 'default'): Command => applyCommand(yaml, namespace);

/** `kubectl …` without files: `kubectlOf(['get', 'pods', '-o', 'wide'])`. */
export const kubectlOf = (argv: string[], namespace = 'default'): Command => ({ type: 'kubectl', argv, namespace, files: {} });
