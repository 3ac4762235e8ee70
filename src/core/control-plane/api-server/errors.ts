/** Error Status objects in upstream's words. Models k8s.io/apimachinery/pkg/api/errors/errors.go, v1.36.2. */
import type { Resource } from '../../api/resources.ts';
import type { Status } from '../../api/types.ts';

/** Thrown inside the API server to end a request; never leaves `answer`. */
export class Refusal {
  readonly status: Status;
  constructor(status: Status) {
    this.status = status;
  }
}

type Details = NonNullable<Status['details']>;

export function failure(code: number, reason: string, message: string, details?: Details): Status {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, ...(details ? { details } : {}), code };
}

const detailsOf = (r: Resource, name: string): Details => ({ ...(name ? { name } : {}), ...(r.group ? { group: r.group } : {}), kind: r.plural });

export const notFound = (r: Resource, name: string): Status => failure(404, 'NotFound', `${r.id} "${name}" not found`, detailsOf(r, name));

export const alreadyExists = (r: Resource, name: string, deleting: boolean): Status =>
  failure(409, 'AlreadyExists', `${deleting ? 'object is being deleted: ' : ''}${r.id} "${name}" already exists`, detailsOf(r, name));

export const conflict = (r: Resource, name: string, text: string): Status =>
  failure(409, 'Conflict', `Operation cannot be fulfilled on ${r.id} "${name}": ${text}`, detailsOf(r, name));

export const modified = (r: Resource, name: string): Status =>
  conflict(r, name, 'the object has been modified; please apply your changes to the latest version and try again');

export const forbidden = (r: Resource, name: string, text: string, causes?: Details['causes']): Status =>
  failure(403, 'Forbidden', `${r.id}${name ? ` "${name}"` : ''} is forbidden: ${text}`, { ...detailsOf(r, name), ...(causes ? { causes } : {}) });

export const badRequest = (message: string): Status => failure(400, 'BadRequest', message);

export const noSuchResource = (): Status => failure(404, 'NotFound', 'the server could not find the requested resource', {});

export const methodNotAllowed = (r: Resource, verb: string): Status =>
  failure(405, 'MethodNotAllowed', `${verb} is not supported on resources of kind "${r.id}"`, detailsOf(r, ''));

export const internalError = (text: string): Status => failure(500, 'InternalError', `Internal error occurred: ${text}`, { causes: [{ message: text }] });

/** What a patch that cannot be applied is answered with. */
export const unprocessable = (): Status => failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {});

export const tooManyRequests = (message: string, cause: string, retryAfterSeconds = 0): Status =>
  failure(429, 'TooManyRequests', message, {
    causes: [{ reason: 'DisruptionBudget', message: cause }],
    ...(retryAfterSeconds ? { retryAfterSeconds } : {}),
  });

export const success = (details?: Details): Status => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  ...(details ? { details } : {}),
  code: 200,
});
