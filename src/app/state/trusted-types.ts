interface Policies {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): unknown;
}

/** Under `require-trusted-types-for 'script'` a worker's address must pass a policy: only this server's own do. Before the first worker. */
export function allowOwnScripts(): void {
  const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes;
  try {
    policies?.createPolicy('default', {
      createScriptURL(url) {
        if (new URL(url, location.href).origin !== location.origin) throw new TypeError(`script of another origin: ${url}`);
        return url;
      },
    });
  } catch {
    // Someone made one before.
  }
}
