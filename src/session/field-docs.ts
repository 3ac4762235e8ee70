/** Loads what `kubectl explain` prints the first time that it is wanted: most pages never need it. */
import { type FieldDocs, provideFieldDocs } from '../core/index.ts';

let loading: Promise<void> | undefined;

const load = (): Promise<void> => {
  loading ??= import('../schema/field-docs.json').then(
    (module) => provideFieldDocs(module.default as FieldDocs),
    () => {
      // Without them fields have no descriptions. The next command tries again.
      loading = undefined;
    },
  );
  return loading;
};

/** Holds back a message that may need the words, and those behind it, until they are there. */
export function withFieldDocs(receive: (message: unknown) => void): (message: unknown) => void {
  let held: Promise<void> | undefined;
  let loaded = false;
  return (message) => {
    if (!loaded && !held && explains(message)) {
      held = load().then(() => {
        loaded = loading !== undefined;
        held = undefined;
      });
    }
    if (held) held = held.then(() => receive(message));
    else receive(message);
  };
}

function explains(message: unknown): boolean {
  if (typeof message !== 'object' || message === null) return false;
  const { type, command, request } = message as { type?: unknown; command?: unknown; request?: { commands?: unknown } };
  const commands = type === 'command' ? command : type === 'open' ? request?.commands : undefined;
  return commands !== undefined && JSON.stringify(commands).includes('explain');
}
