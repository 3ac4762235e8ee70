/** References to images. Models github.com/distribution/reference and pkg/util/parsers, v1.36.2. */

export type ImageName = { domain: string; path: string; reference: string } | { error: string };

const defaultDomain = 'docker.io';
const domainPattern =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const componentPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const digestPattern = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const maxLength = 4096;

/**
 * `reference` is the user's text with `:latest` when it has neither tag nor digest (what CRI is asked for).
 *
 * @returns or the words after `Failed to apply default image tag "X": `
 */
export function applyDefaultImageTag(image: string): ImageName {
  const failed = (words: string): ImageName => ({ error: `couldn't parse image name ${JSON.stringify(image)}: ${words}` });
  if (image.length > maxLength) return failed('invalid reference format');
  if (/^[a-f0-9]{64}$/.test(image)) return failed(`invalid repository name (${image}), cannot specify 64-byte hexadecimal strings`);
  const at = image.indexOf('@');
  const digest = at < 0 ? undefined : image.slice(at + 1);
  const named = at < 0 ? image : image.slice(0, at);
  const colon = named.lastIndexOf(':');
  const tag = colon > named.lastIndexOf('/') ? named.slice(colon + 1) : undefined;
  const name = tag === undefined ? named : named.slice(0, colon);
  const { domain, path } = splitDomain(name);
  if (path !== path.toLowerCase() && !path.includes(':')) return failed(`invalid reference format: repository name (${path}) must be lowercase`);
  const valid =
    domainPattern.test(domain) &&
    path.split('/').every((part) => part.length <= 255 && componentPattern.test(part)) &&
    (tag === undefined || tagPattern.test(tag)) &&
    (digest === undefined || digestPattern.test(digest));
  if (!valid) return failed('invalid reference format');
  return { domain, path, reference: tag === undefined && digest === undefined ? `${image}:latest` : image };
}

/** A first part without `.` or `:` that is not `localhost` is no host; one part alone on docker.io is in `library/`. */
function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  if (slash < 0 || !(first.includes('.') || first.includes(':') || first === 'localhost' || first !== first.toLowerCase()))
    return { domain: defaultDomain, path: name.includes('/') ? name : `library/${name}` };
  const path = name.slice(slash + 1);
  return { domain: first, path: first === defaultDomain && !path.includes('/') ? `library/${path}` : path };
}
