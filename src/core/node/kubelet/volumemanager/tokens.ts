/** Tokens of service accounts for projected volumes. Models pkg/kubelet/token/token_manager.go, v1.36.2. */
import type { Pod } from '../../../api/types.ts';
import { type ApiRequest, type ApiResponse, apiLatencyMs, apiserver } from '../../../contracts/watch.ts';
import { hexId } from '../../../engine/random.ts';
import type { Ctx } from '../../../engine/types.ts';
import { decodeBase64, encodeBase64URL } from '../base64.ts';
import { type KubeletState, nextId } from '../state.ts';
import type { VolumeManagerState } from './volume-manager.ts';

export type TokenRecord = { state: 'asked' } | { state: 'token'; token: string; issuedMs: number; expiresMs: number } | { state: 'failed'; error: string };

/** A token older than this is replaced, whatever its lifetime. */
const maxAgeMs = 24 * 3600 * 1000;
/** … or when this part of its lifetime has passed, in hundredths. */
const refreshPercent = 80;
const apiAudience = 'https://kubernetes.default.svc.cluster.local';

const keyOf = (pod: Pod, audience: string, expirationSeconds: number): string => `${pod.metadata.uid}|${audience}|${expirationSeconds}`;

/** Undefined: asked for, the answer comes. A failure is told once, then asked for again. */
export function serviceAccountToken(
  state: KubeletState,
  pod: Pod,
  audience: string,
  expirationSeconds: number,
  ctx: Ctx,
): { token: string; issuedMs: number } | { error: string } | undefined {
  const { tokens, requests } = state.volumes;
  const key = keyOf(pod, audience, expirationSeconds);
  const known = tokens[key];
  if (known?.state === 'asked') return undefined;
  if (known?.state === 'failed') {
    delete tokens[key];
    return { error: known.error };
  }
  if (known && !requiresRefresh(known, ctx.nowMs)) return known;
  // An old token is used on while the new one is fetched.
  if (!known) tokens[key] = { state: 'asked' };
  const id = `volume-${nextId(state)}`;
  requests[id] = { kind: 'token', key, uid: pod.metadata.uid };
  const namespace = pod.metadata.namespace ?? 'default';
  const request: ApiRequest = {
    type: 'ApiRequest',
    id,
    verb: 'create',
    resource: 'serviceaccounts',
    subresource: 'token',
    namespace,
    name: pod.spec.serviceAccountName ?? 'default',
    object: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: {
        audiences: audience === '' ? [] : [audience],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: pod.metadata.name, uid: pod.metadata.uid },
      },
    },
    user: `system:node:${state.config.nodeName}`,
  };
  ctx.send(apiserver, request, apiLatencyMs.request);
  return known;
}

function requiresRefresh(token: { issuedMs: number; expiresMs: number }, nowMs: number): boolean {
  const age = nowMs - token.issuedMs;
  return age > maxAgeMs || age * 100 > (token.expiresMs - token.issuedMs) * refreshPercent;
}

export function tokenAnswer(state: KubeletState, key: string, response: ApiResponse, ctx: Ctx): void {
  const { tokens } = state.volumes;
  const [uid, audience, seconds] = key.split('|') as [string, string, string];
  const pod = state.pods[uid];
  if (!pod) {
    delete tokens[key];
    return;
  }
  if (response.code < 300 || unknownSubresource(response)) {
    const given = (response.object?.status as { token?: string } | undefined)?.token;
    const expiresMs = ctx.nowMs + Number(seconds) * 1000;
    // Simplified: where the API server's token carries no claims it is made here; its signature is random, as nobody verifies it.
    const token = given !== undefined && hasClaims(given) ? given : makeToken(pod, audience, Number(seconds), ctx);
    tokens[key] = { state: 'token', token, issuedMs: ctx.nowMs, expiresMs };
  } else if (tokens[key]?.state !== 'token') tokens[key] = { state: 'failed', error: response.status?.message ?? 'unknown' };
}

const hasClaims = (token: string): boolean => decodeBase64((token.split('.')[1] ?? '').slice(0, 16)).startsWith('{"');

/** An API server that knows no TokenRequest, as opposed to one that does not find the account. */
const unknownSubresource = (response: ApiResponse): boolean => response.code === 404 && response.status?.details?.name === undefined;

/** Forgets the tokens of a pod that has ended. */
export function forgetTokens(volumes: VolumeManagerState, podUID: string): void {
  for (const key in volumes.tokens) if (key.startsWith(`${podUID}|`)) delete volumes.tokens[key];
}

/** A JSON Web Token with the claims that a bound token has. */
function makeToken(pod: Pod, audience: string, seconds: number, ctx: Ctx): string {
  const now = Math.floor(ctx.epochMs / 1000);
  const namespace = pod.metadata.namespace ?? 'default';
  const account = pod.spec.serviceAccountName ?? 'default';
  const header = { alg: 'RS256', kid: 'kubarium' };
  const claims = {
    aud: [audience === '' ? apiAudience : audience],
    exp: now + seconds,
    iat: now,
    iss: apiAudience,
    jti: `${pod.metadata.uid.slice(0, 24)}${hexId(ctx.random, 12)}`,
    'kubernetes.io': {
      namespace,
      node: { name: pod.spec.nodeName },
      pod: { name: pod.metadata.name, uid: pod.metadata.uid },
      serviceaccount: { name: account },
    },
    nbf: now,
    sub: `system:serviceaccount:${namespace}:${account}`,
  };
  return `${encodeBase64URL(JSON.stringify(header))}.${encodeBase64URL(JSON.stringify(claims))}.${encodeBase64URL(hexId(ctx.random, 43))}`;
}
