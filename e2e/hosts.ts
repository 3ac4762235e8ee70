/** Host pages of embeds: a server of another origin for each test that wants one. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test as plain } from './page.ts';

export interface HostPage {
  html: string;
  headers?: Record<string, string>;
}

export class Host {
  private readonly pages = new Map<string, HostPage>();
  private readonly server: Server;
  readonly requests: string[] = [];

  constructor() {
    this.server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname;
      this.requests.push(path);
      const page = this.pages.get(path);
      if (!page) response.writeHead(path === '/favicon.ico' ? 204 : 404).end();
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
