/** TokenRequest: a token for a service account. Models pkg/registry/core/serviceaccount/storage/token.go, v1.36.2. */
import type { ApiResult } from '../../../contracts/watch.ts';
import { hexId } from '../../../engine/random.ts';
import { share } from '../../../engine/share.ts';
import { rfc3339 } from '../../../engine/time.ts';
import type { Call } from '../call.ts';
import { methodNotAllowed, Refusal } from '../errors.ts';
import { invalid } from '../invalid.ts';
import { existing } from '../read.ts';

const minSeconds = 600;
const maxSeconds = 2 ** 32;

/** Simplified: the token is a random text of a JWT's shape; nothing here verifies one. */
export function token(call: Call): ApiResult {
  if (call.request.verb !== 'create') throw new Refusal(methodNotAllowed(call.resource, call.request.verb));
  const account = existing(call);
  const spec = (call.request.object as { spec?: { expirationSeconds?: unknown; audiences?: unknown } } | undefined)?.spec ?? {};
  const seconds = typeof spec.expirationSeconds === 'number' ? spec.expirationSeconds : 3600;
  if (seconds < minSeconds) throw invalid(call, 'spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes');
  if (seconds > maxSeconds) throw invalid(call, 'spec.expirationSeconds', seconds, 'may not specify a duration larger than 2^32 seconds');
  const random = call.ctx.random;
  const object = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { ...account.metadata },
    spec: { ...spec, expirationSeconds: seconds },
    status: { token: `eyJ${hexId(random, 40)}.eyJ${hexId(random, 120)}.${hexId(random, 86)}`, expirationTimestamp: rfc3339(call.ctx.epochMs + seconds * 1000) },
  };
  return { code: 201, object: share(object) as unknown as NonNullable<ApiResult['object']> };
}
