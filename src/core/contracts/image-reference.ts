/** Names of images: what `docker.io/library/nginx:1.27@sha256:…` is made of. Models github.com/distribution/reference. */

export interface ImageReference {
  /** `docker.io`, `registry.k8s.io`, `localhost:5000`. */
  domain: string;
  /** `library/nginx`. */
  path: string;
  /** '' when there is none (a digest then). */
  tag: string;
  /** `sha256:…`, or ''. */
  digest: string;
}

const maxReference = 1024;

/** The parts, normalised as Docker does (`nginx` → `docker.io/library/nginx:latest`); or the words of the refusal. */
export function parseImageReference(text: string): Readonly<ImageReference> | { readonly error: string } {
  let parsed = known.get(text);
  if (!parsed) {
    parsed = Object.freeze(parse(text));
    if (known.size >= 1000) known.clear();
    known.set(text, parsed);
  }
  return parsed;
}

// The same few images are asked for again and again. Not state.
const known = new Map<string, Readonly<ImageReference> | { readonly error: string }>();

function parse(text: string): ImageReference | { error: string } {
  if (text.length > maxReference) return { error: `invalid reference format: longer than ${maxReference} characters` };
  if (isHex64(text)) return { error: `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings` };
  let rest = text;
  let digest = '';
  const at = rest.indexOf('@');
  if (at >= 0) {
    digest = rest.slice(at + 1);
    rest = rest.slice(0, at);
    if (!digest.startsWith('sha256:') || !isHex64(digest.slice(7))) return { error: 'invalid reference format' };
  }
  let domain = 'docker.io';
  const slash = rest.indexOf('/');
  const first = slash < 0 ? '' : rest.slice(0, slash);
  if (slash >= 0 && (first.includes('.') || first.includes(':') || first === 'localhost' || first.toLowerCase() !== first)) {
    domain = first === 'index.docker.io' ? 'docker.io' : first;
    rest = rest.slice(slash + 1);
  }
  let tag = '';
  const colon = rest.lastIndexOf(':');
  if (colon > rest.lastIndexOf('/')) {
    tag = rest.slice(colon + 1);
    rest = rest.slice(0, colon);
    if (!isTag(tag)) return { error: 'invalid reference format' };
  }
  if (rest === '') return { error: 'invalid reference format' };
  if (rest !== rest.toLowerCase()) return { error: `invalid reference format: repository name (${rest}) must be lowercase` };
  for (const part of rest.split('/')) if (!isPathComponent(part)) return { error: 'invalid reference format' };
  if (!isDomain(domain)) return { error: 'invalid reference format' };
  if (domain === 'docker.io' && !rest.includes('/')) rest = `library/${rest}`;
  if (tag === '' && digest === '') tag = 'latest';
  return { domain, path: rest, tag, digest };
}

/** `docker.io/library/nginx:1.27`; with a digest, `…@sha256:…` (the tag is dropped: the digest wins). */
export function formatImageReference(ref: ImageReference): string {
  return ref.digest !== '' ? `${ref.domain}/${ref.path}@${ref.digest}` : `${ref.domain}/${ref.path}:${ref.tag}`;
}

/** The canonical name of `text`, or `text` itself when it is not a reference. */
export function canonicalImage(text: string): string {
  const ref = parseImageReference(text);
  return 'error' in ref ? text : formatImageReference(ref);
}

function isHex64(text: string): boolean {
  if (text.length !== 64) return false;
  for (let i = 0; i < 64; i += 1) if (!'0123456789abcdef'.includes(text.charAt(i))) return false;
  return true;
}

const isAlnum = (c: number): boolean => (c >= 97 && c <= 122) || (c >= 48 && c <= 57);
const isUpper = (c: number): boolean => c >= 65 && c <= 90;

/** `[\w][\w.-]{0,127}`. */
function isTag(tag: string): boolean {
  if (tag.length === 0 || tag.length > 128) return false;
  for (let i = 0; i < tag.length; i += 1) {
    const c = tag.charCodeAt(i);
    if (isAlnum(c) || isUpper(c) || c === 95) continue;
    if (i > 0 && (c === 46 || c === 45)) continue;
    return false;
  }
  return true;
}

/** Lower-case letters and digits, separated by `.`, `_`, `__` or any number of `-`. */
function isPathComponent(part: string): boolean {
  if (part === '' || !isAlnum(part.charCodeAt(0)) || !isAlnum(part.charCodeAt(part.length - 1))) return false;
  let separator = '';
  for (let i = 0; i < part.length; i += 1) {
    if (isAlnum(part.charCodeAt(i))) {
      if (separator !== '' && separator !== '.' && separator !== '_' && separator !== '__' && separator.replaceAll('-', '') !== '') return false;
      separator = '';
    } else if ('._-'.includes(part.charAt(i))) separator += part.charAt(i);
    else return false;
  }
  return true;
}

function isDomain(domain: string): boolean {
  const colon = domain.lastIndexOf(':');
  const host = colon >= 0 ? domain.slice(0, colon) : domain;
  if (colon >= 0) {
    const port = domain.slice(colon + 1);
    if (port === '') return false;
    for (let i = 0; i < port.length; i += 1) if (port.charCodeAt(i) < 48 || port.charCodeAt(i) > 57) return false;
  }
  for (const label of host.split('.')) {
    if (label === '' || label.startsWith('-') || label.endsWith('-')) return false;
    for (let i = 0; i < label.length; i += 1) {
      const c = label.charCodeAt(i);
      if (!isAlnum(c) && !isUpper(c) && c !== 45) return false;
    }
  }
  return true;
}
