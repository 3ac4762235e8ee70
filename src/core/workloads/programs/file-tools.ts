import type { Program } from '../kernel/program.ts';
import { once } from './basic.ts';
export const fileTools: Record<string, Program> = {
  touch: once((sys) => {
    for (const f of sys.argv.slice(1)) sys.files.write(f, '', { append: true });
    return 0;
  }),
  rm: once((sys) => {
    for (const f of sys.argv.slice(1)) if (!f.startsWith('-')) sys.files.remove(f);
    return 0;
  }),
};
