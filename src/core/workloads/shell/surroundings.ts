/** What expansion asks of the process: homes, directories, chance. */
import type { Sys } from '../kernel/sys.ts';
import type { Surroundings } from './expand.ts';
import type { ShellState } from './state.ts';

export function surroundings(sys: Sys): Surroundings {
  return {
    home(user) {
      if (user === '') {
        const sh = sys.process.data as ShellState;
        return (Object.hasOwn(sh.vars, '$HOME') ? sh.vars.$HOME?.v : undefined) ?? '/';
      }
      return passwdOf(sys, (f) => f[0] === user)?.[5];
    },
    list(path) {
      const names = sys.files.list(path);
      return Array.isArray(names) ? names : undefined;
    },
    exists: (path) => !('error' in sys.files.stat(path, false)),
    get cwd() {
      return sys.process.cwd;
    },
    pid: sys.process.nspid,
    get ppid() {
      return sys.kernel.process(sys.process.ppid)?.nspid ?? 0;
    },
    random: () => sys.kernel.ctx.random(),
    get nowSeconds() {
      return Math.floor((sys.nowMs - sys.process.startedAtMs) / 1000);
    },
    get host() {
      return sys.container.environment.hostname;
    },
  };
}

/** The fields of the first line of /etc/passwd that fits. */
export function passwdOf(sys: Sys, fits: (fields: string[]) => boolean): string[] | undefined {
  const got = sys.files.read('/etc/passwd');
  if ('error' in got) return undefined;
  for (const line of got.text.split('\n')) {
    const fields = line.split(':');
    if (fields.length > 5 && fits(fields)) return fields;
  }
  return undefined;
}
