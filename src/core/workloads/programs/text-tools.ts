import type { Program } from '../kernel/program.ts';
import { filter } from './filters.ts';
export const textTools: Record<string, Program> = {
  cat: filter<null>({
    begin: (sys) => ({ own: null, files: sys.argv.slice(1).filter((a) => a === '-' || !a.startsWith('-')) }),
    text(sys, _own, text) {
      sys.out(text);
      return undefined;
    },
    end: () => 0,
    cannot: (sys, file, error) => sys.err(`cat: can't open '${file}': ${error === 'ENOENT' ? 'No such file or directory' : error}\n`),
  }),
};
