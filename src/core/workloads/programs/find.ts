/** `find`: -name, -type, -maxdepth, -mindepth, -print, -delete, -not, -path, -size is refused by name. */
import { errorText, join } from '../kernel/files.ts';
import { matchesPattern } from '../shell/pattern.ts';
import { once } from './basic.ts';

export const find = once((sys) => {
  const args = sys.argv.slice(1);
  const paths: string[] = [];
  while (args[0] !== undefined && !/^[-!(]/.test(args[0])) paths.push(args.shift() as string);
  if (paths.length === 0) paths.push('.');
  let maxDepth = 40;
  let minDepth = 0;
  let remove = false;
  let end = '\n';
  const tests: ((path: string, name: string, kind: string) => boolean)[] = [];
  let negate = false;
  while (args.length > 0) {
    const a = args.shift() as string;
    const add = (test: (path: string, name: string, kind: string) => boolean): void => {
      const no = negate;
      tests.push((p, n, k) => test(p, n, k) !== no);
      negate = false;
    };
    if (a === '-maxdepth') maxDepth = Math.min(40, Number(args.shift()) || 0);
    else if (a === '-mindepth') minDepth = Number(args.shift()) || 0;
    else if (a === '-name' || a === '-iname') {
      const pattern = args.shift() ?? '';
      add((_p, n) => (a === '-name' ? matchesPattern(pattern, n) : matchesPattern(pattern.toLowerCase(), n.toLowerCase())));
    } else if (a === '-path') {
      const pattern = args.shift() ?? '';
      add((p) => matchesPattern(pattern, p));
    } else if (a === '-type') {
      const type = args.shift() ?? '';
      add((_p, _n, k) => type.split(',').some((t) => ({ f: 'file', d: 'dir', l: 'symlink', s: 'socket', c: 'device' })[t] === k));
    } else if (a === '!' || a === '-not') negate = true;
    else if (a === '-delete') remove = true;
    else if (a === '-print0') end = '\0';
    else if (a !== '-print' && a !== '-a' && a !== '-follow' && a !== '-xdev') {
      sys.complain(`${a}: not simulated by kubarium`);
      return 1;
    }
  }
  let code = 0;
  let left = 5000;
  let out = '';
  const visit = (path: string, depth: number): void => {
    left -= 1;
    if (left < 0) return;
    const stat = sys.files.stat(path, false);
    if ('error' in stat) {
      sys.complain(`${path}: ${errorText(stat.error)}`);
      code = 1;
      return;
    }
    const name = path.slice(path.lastIndexOf('/') + 1) || path;
    const hit = depth >= minDepth && tests.every((t) => t(path, name, stat.kind));
    if (hit && !remove) out += path + end;
    if (stat.kind === 'dir' && depth < maxDepth) {
      const names = sys.files.list(path);
      if (Array.isArray(names)) for (const n of names) visit(join(path, n), depth + 1);
      else {
        sys.complain(`${path}: ${errorText(names.error)}`);
        code = 1;
      }
    }
    if (hit && remove && depth > 0) sys.files.remove(path);
  };
  for (const path of paths) visit(path, 0);
  sys.out(out);
  return code;
});
