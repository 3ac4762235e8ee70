/** Host pages of embeds: a server of another origin for each test that wants one. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { test as plain } from './page.ts';

export interface HostPage {
  html: string;
  headers?: Record<string, string>;
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

export class Host {
  private readonly folders: [prefix: string, folder: string][] = [];
  private readonly pages = new Map<string, HostPage>();
  private readonly server: Server;
  readonly requests: string[] = [];

  constructor() {
    this.server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname;
      this.requests.push(path);
      const page = this.pages.get(path);
      const file = page ? undefined : this.fileOf(decodeURIComponent(path));
      if (file) response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(readFileSync(file));
      else if (!page) response.writeHead(path === '/favicon.ico' ? 204 : 404).end();
      else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...page.headers }).end(page.html);
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What is below `prefix` is read from the folder. */
  mount(prefix: string, folder: string): string {
    this.folders.push([prefix, folder]);
    return `${this.origin}${prefix}`;
  }

  private fileOf(path: string): string | undefined {
    for (const [prefix, folder] of this.folders) {
      if (!path.startsWith(prefix)) continue;
      let file = join(folder, normalize(path.slice(prefix.length)));
      if (file.startsWith(folder) && existsSync(file) && statSync(file).isDirectory()) file = join(file, 'index.html');
      if (file.startsWith(folder) && existsSync(file)) return file;
    }
    return undefined;
  }

  /** Its address. */
  put(path: string, body: string, headers: Record<string, string> = {}): string {
    this.pages.set(path, { html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>host</title>${body}</html>`, headers });
    return `${this.origin}${path}`;
  }
}

export const test = plain.extend<{ host: Host; stranger: Host }>({
  host: async ({ baseURL: _ }, use) => {
    const host = new Host();
    await host.listen();
    await use(host);
    host.close();
  },
  stranger: async ({ baseURL: _ }, use) => {
    const host = new Host();
    await host.listen();
    await use(host);
    host.close();
  },
});
