/** The root file systems of images, made once for each from the catalogue. Never changed: what a container writes is its own overlay. */
import { catalogueImage, type Family } from './catalogue.ts';
import type { FileNode } from './kernel/state.ts';

export interface BaseTree {
  nodes: Map<string, FileNode>;
  children: Map<string, string[]>;
  family: Family;
}

/** Applets of busybox that are simulated. `sh` is its shell. */
export const busyboxApplets =
  '[ [[ ash awk base64 basename cat chgrp chmod chown clear cmp cp cut date dd df diff dirname dmesg du echo egrep env expand expr fallocate false fgrep find fold free getent grep gzip head hexdump hostname httpd id ifconfig install ip kill killall less link ln logger ls md5sum mkdir mkfifo mktemp more mount mv nc netstat nice nohup nproc nslookup od paste pgrep pidof ping pkill printenv printf ps pwd readlink realpath rev rm rmdir route sed seq setsid sh sha1sum sha256sum shuf sleep sort stat strings stty sync tac tail tar tee telnet test time timeout top touch tr traceroute true truncate tty udhcpc uname uniq unlink uptime usleep vi wc wget which whoami xargs yes'.split(
    ' ',
  );
const debianPrograms =
  '[ awk base64 basename bash cat chgrp chmod chown cp cut date dd df diff dirname du echo egrep env expand expr fallocate false fgrep find fold free getent grep head hostname id install kill link ln ls md5sum mkdir mkfifo mktemp mount mv nice nohup nproc od paste printenv printf ps pwd readlink realpath rev rm rmdir sed seq setsid sh sha1sum sha256sum shuf sleep sort stat stty sync tac tail tee test timeout touch tr true truncate tty uname uniq unlink uptime wc which whoami xargs yes killall pgrep pidof pkill apt-get apt'.split(
    ' ',
  );

/** What an executable file holds: the name of the program that runs it. */
export const elf = (program: string): string => `\x7fELF\u0000${program}\n`;
export const programOf = (text: string): string | undefined => (text.startsWith('\x7fELF\u0000') ? text.slice(5, -1) : undefined);

const trees = new Map<string, BaseTree>();

export function baseTree(image: string): BaseTree {
  const known = byImage.get(image);
  if (known) return known;
  const entry = catalogueImage(image);
  const key = entry ? (entry.repositories[0] ?? '') : image === '' || image === 'host' ? 'host' : 'generic';
  let tree = trees.get(key);
  if (!tree) {
    tree = build(key, image);
    trees.set(key, tree);
  }
  if (byImage.size > 1000) byImage.clear();
  byImage.set(image, tree);
  return tree;
}

/** Found again without taking the reference apart. */
const byImage = new Map<string, BaseTree>();

const mtimeMs = -40 * 86_400_000;

function build(key: string, image: string): BaseTree {
  const entry = catalogueImage(image);
  const family: Family = entry?.family ?? (key === 'host' ? 'none' : 'debian');
  const tree: BaseTree = { nodes: new Map(), children: new Map(), family };
  const dir = (path: string, mode = 0o755, uid = 0, gid = 0): void => {
    if (tree.nodes.has(path)) return;
    if (path !== '/') {
      const parent = path.lastIndexOf('/') <= 0 ? '/' : path.slice(0, path.lastIndexOf('/'));
      dir(parent);
      tree.children.get(parent)?.push(path.slice(path.lastIndexOf('/') + 1));
    }
    tree.nodes.set(path, { kind: 'dir', mode, uid, gid, mtimeMs });
    tree.children.set(path, []);
  };
  const add = (path: string, node: FileNode): void => {
    const parent = path.lastIndexOf('/') <= 0 ? '/' : path.slice(0, path.lastIndexOf('/'));
    dir(parent);
    if (!tree.nodes.has(path)) tree.children.get(parent)?.push(path.slice(path.lastIndexOf('/') + 1));
    tree.nodes.set(path, node);
  };
  const file = (path: string, text: string, mode = 0o644, padBytes = 0): void =>
    add(path, { kind: 'file', mode, uid: 0, gid: 0, mtimeMs, text, ...(padBytes ? { padBytes } : {}) });
  const link = (path: string, target: string): void => add(path, { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, mtimeMs, target });
  const program = (path: string, name: string, bytes = 100_000): void => file(path, elf(name), 0o755, bytes);

  dir('/');
  for (const d of ['/dev', '/etc', '/proc', '/sys']) dir(d);
  if (family === 'none') return tree;
  if (family !== 'scratch') {
    for (const d of [
      '/bin',
      '/home',
      '/root',
      '/usr/bin',
      '/usr/sbin',
      '/usr/share',
      '/var',
      '/var/spool',
      '/var/log',
      '/var/www',
      '/lib',
      '/sbin',
      '/opt',
      '/mnt',
      '/run',
      '/srv',
    ])
      dir(d, d === '/root' ? 0o700 : 0o755);
    dir('/tmp', 0o1777);
    dir('/var/tmp', 0o1777);
    file('/etc/passwd', passwd(family, key));
    file('/etc/group', group(family, key));
    file('/etc/hostname', '');
    file('/etc/hosts', '');
    file('/etc/resolv.conf', '');
  }
  if (family === 'busybox') {
    for (const applet of busyboxApplets) program(`/bin/${applet}`, applet === 'sh' || applet === 'ash' ? 'sh' : applet === '[[' ? '[' : applet, 1_000_000);
    program('/bin/busybox', 'busybox', 1_000_000);
    link('/usr/bin/env', '../../bin/env');
  } else if (family === 'alpine') {
    for (const applet of busyboxApplets) {
      if (applet === 'httpd') continue;
      link(
        ['nc', 'wget', 'nslookup', 'head', 'tail', 'wc', 'id', 'env', 'awk', 'find', 'sort', 'seq', 'xargs', 'traceroute', 'whoami'].includes(applet)
          ? `/usr/bin/${applet}`
          : `/bin/${applet}`,
        '/bin/busybox',
      );
    }
    program('/bin/busybox', 'busybox', 808_000);
    program('/sbin/apk', 'apk');
    file('/etc/alpine-release', '3.22.2\n');
    file('/etc/os-release', 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.2\nPRETTY_NAME="Alpine Linux v3.22"\nHOME_URL="https://alpinelinux.org/"\n');
  } else if (family === 'debian') {
    for (const name of debianPrograms) program(`/usr/bin/${name}`, name === '[[' ? '[' : name === 'sh' ? 'dash' : name);
    for (const name of ['sh', 'bash', 'cat', 'echo', 'ls', 'sleep', 'ps', 'kill', 'true', 'false', 'date', 'mkdir', 'rm', 'grep', 'hostname', 'mount'])
      program(`/bin/${name}`, name === 'sh' ? 'dash' : name);
    file(
      '/etc/os-release',
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\nHOME_URL="https://www.debian.org/"\n',
    );
    file('/etc/debian_version', '12.11\n');
  }
  for (const [path, name] of Object.entries(entry?.programs ?? {})) {
    tree.nodes.delete(path);
    const parent = path.slice(0, path.lastIndexOf('/')) || '/';
    const names = tree.children.get(parent);
    if (names)
      tree.children.set(
        parent,
        names.filter((n) => n !== path.slice(path.lastIndexOf('/') + 1)),
      );
    program(path, name, 5_000_000);
  }
  for (const [path, text] of Object.entries(entry?.files ?? {})) file(path, text, text.startsWith('#!') ? 0o755 : 0o644);
  if (key === 'docker.io/library/nginx') {
    link('/var/log/nginx/access.log', '/dev/stdout');
    link('/var/log/nginx/error.log', '/dev/stderr');
  }
  if (key === 'generic') program('/entrypoint', 'generic');
  for (const names of tree.children.values()) names.sort();
  return tree;
}

function passwd(family: Family, key: string): string {
  const shell = family === 'debian' ? '/bin/bash' : '/bin/sh';
  const extra = key.endsWith('/nginx')
    ? 'nginx:x:101:101:nginx user:/nonexistent:/bin/false\n'
    : key.endsWith('/redis')
      ? 'redis:x:999:999::/data:/usr/sbin/nologin\n'
      : '';
  return `root:x:0:0:root:/root:${shell}\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\nbin:x:2:2:bin:/bin:/bin/false\nsys:x:3:3:sys:/dev:/bin/false\nmail:x:8:8:mail:/var/spool/mail:/bin/false\nwww-data:x:33:33:www-data:/var/www:/bin/false\n${extra}nobody:x:65534:65534:nobody:/home:/bin/false\n`;
}

function group(_family: Family, key: string): string {
  const extra = key.endsWith('/nginx') ? 'nginx:x:101:\n' : key.endsWith('/redis') ? 'redis:x:999:\n' : '';
  return `root:x:0:\ndaemon:x:1:\nbin:x:2:\nsys:x:3:\nadm:x:4:\ntty:x:5:\ndisk:x:6:\nwheel:x:10:root\nmail:x:8:\nwww-data:x:33:\n${extra}nobody:x:65534:\n`;
}
