/** Credentials for a registry from the pod's imagePullSecrets. Models pkg/credentialprovider, v1.36.2. */
import type { Pod, Secret } from '../../../api/types.ts';
import { decodeBase64 } from '../base64.ts';
import type { KubeletState } from '../state.ts';
import { lookUpObject } from '../volumemanager/object-manager.ts';

export interface Credentials {
  username: string;
  password: string;
}
interface AuthEntry {
  auth?: unknown;
  username?: unknown;
  password?: unknown;
}

/** The first that fits `domain/path`; secrets that are missing or cannot be read are passed over. */
export function credentialsFor(state: KubeletState, pod: Pod, domain: string, path: string): Credentials | undefined {
  const namespace = pod.metadata.namespace ?? 'default';
  for (const { name } of pod.spec.imagePullSecrets ?? []) {
    const found = lookUpObject(state.volumes.objects, 'secrets', namespace, name);
    if (!found || 'error' in found) continue;
    const credentials = credentialsIn(found.object as Secret, `${domain}/${path}`);
    if (credentials) return credentials;
  }
  return undefined;
}

function credentialsIn(secret: Secret, image: string): Credentials | undefined {
  const modern = secret.data?.['.dockerconfigjson'];
  const text = modern ?? secret.data?.['.dockercfg'];
  if (text === undefined) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(decodeBase64(text));
  } catch {
    return undefined;
  }
  const entries = modern === undefined ? parsed : (parsed as { auths?: unknown } | null)?.auths;
  if (typeof entries !== 'object' || entries === null) return undefined;
  // The longest registry name that fits is the most specific.
  const keys = Object.keys(entries).sort((a, b) => b.length - a.length);
  for (const key of keys) if (fits(key, image)) return readEntry((entries as Record<string, AuthEntry>)[key]);
  return undefined;
}

function fits(key: string, image: string): boolean {
  const registry = key.replace(/^https?:\/\//, '').replace(/\/(v1|v2)?\/?$/, '');
  const normal = registry === 'index.docker.io' ? 'docker.io' : registry;
  return image === normal || image.startsWith(`${normal}/`);
}

function readEntry(entry: AuthEntry | undefined): Credentials | undefined {
  if (typeof entry?.auth === 'string') {
    const [username, ...rest] = decodeBase64(entry.auth).split(':');
    return { username: username ?? '', password: rest.join(':') };
  }
  if (typeof entry?.username === 'string') return { username: entry.username, password: String(entry.password ?? '') };
  return undefined;
}
