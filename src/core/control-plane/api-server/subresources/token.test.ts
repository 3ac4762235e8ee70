import { describe, expect, it } from 'vitest';
import { harness } from '../testing/harness.ts';

describe('tokens', () => {
  const ask = (spec: object) =>
    harness().request({ verb: 'create', resource: 'serviceaccounts', subresource: 'token', namespace: 'default', name: 'default', object: { spec } });
  it('[recorded] carry the claims of the audience', () => {
    const { code, object } = ask({ audiences: ['vault'], expirationSeconds: 7200 });
    expect(code).toBe(201);
    expect(object?.status.expirationTimestamp).toBe('2026-11-20T14:00:00Z');
    const claims = JSON.parse(Buffer.from(object?.status.token.split('.')[1], 'base64url').toString());
    expect(claims).toMatchObject({ aud: ['vault'], sub: 'system:serviceaccount:default:default', 'kubernetes.io': { namespace: 'default' } });
    expect(claims.exp - claims.iat).toBe(7200);
  });
  it.each([
    [{ expirationSeconds: 5 }, 422, /spec\.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes$/],
    [{ boundObjectRef: { kind: 'Pod', name: 'nope' } }, 404, /^pods "nope" not found$/],
  ])('%j is refused', (spec, code, words) => {
    const answer = ask(spec);
    expect(answer.code).toBe(code);
    expect(answer.status?.message).toMatch(words);
  });
});
