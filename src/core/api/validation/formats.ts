/** Formats of names, labels, ports. Each returns upstream's complaints, none when valid. Models apimachinery pkg/util/validation and pkg/api/validate/content, v1.36.2. */

const dnsLabel = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const dnsSubdomain = `${dnsLabel}(\\.${dnsLabel})*`;
const dnsLabelUnderscore = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const dnsSubdomainUnderscore = `${dnsLabelUnderscore}(\\.${dnsLabelUnderscore})*`;
const dns1035Label = '[a-z]([-a-z0-9]*[a-z0-9])?';
const wildcardSubdomain = `\\*\\.${dnsSubdomain}`;
const labelKey = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValue = `(${labelKey})?`;
const configMapKey = '[-._a-zA-Z0-9]+';
const envVarName = '[-._a-zA-Z][-._a-zA-Z0-9]*';
const percent = '[0-9]+%';
const httpHeader = '[-A-Za-z0-9]+';

const labelMax = 63;
const subdomainMax = 253;

// Written so that matching stays linear on long hostile input.
const isLabel = (value: string): boolean => isLabelBetween(value, 0, value.length);
function isLabelBetween(value: string, from: number, to: number): boolean {
  if (from >= to) return false;
  for (let i = from; i < to; i += 1) {
    const c = value.charCodeAt(i);
    if ((c >= 97 && c <= 122) || (c >= 48 && c <= 57) || (c === 45 && i > from && i < to - 1)) continue;
    return false;
  }
  return true;
}
function isSubdomain(value: string): boolean {
  for (let from = 0; ; ) {
    const dot = value.indexOf('.', from);
    if (!isLabelBetween(value, from, dot < 0 ? value.length : dot)) return false;
    if (dot < 0) return true;
    from = dot + 1;
  }
}
const isUnderscoreLabel = (value: string): boolean => {
  const rest = value.startsWith('_') ? value.slice(1) : value;
  return /^[-_a-z0-9]+$/.test(rest) && /^[a-z0-9]/.test(rest) && /[a-z0-9]$/.test(rest);
};
function isLabelName(value: string): boolean {
  const last = value.length - 1;
  for (let i = 0; i <= last; i += 1) {
    const c = value.charCodeAt(i);
    if ((c >= 97 && c <= 122) || (c >= 48 && c <= 57) || (c >= 65 && c <= 90)) continue;
    if ((c === 45 || c === 95 || c === 46) && i > 0 && i < last) continue;
    return false;
  }
  return last >= 0;
}

export const maxLengthError = (length: number): string => `must be no more than ${length} characters`;
export const rangeError = (low: number, high: number): string => `must be between ${low} and ${high}, inclusive`;
export const immutable = 'field is immutable';
export const negative = 'must be greater than or equal to 0';

export function regexError(message: string, format: string, ...examples: string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${format}')`;
  return `${message} (e.g. ${examples.map((example) => `'${example}', `).join(' or ')}regex used for validation is '${format}')`;
}

/** Bytes of UTF-8. */
export function byteLength(text: string): number {
  let ascii = 0;
  while (ascii < text.length && text.charCodeAt(ascii) < 0x80) ascii += 1;
  if (ascii === text.length) return ascii;
  let bytes = 0;
  for (const char of text) {
    const point = char.codePointAt(0) as number;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}

export function dns1123Label(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > labelMax) errors.push(maxLengthError(labelMax));
  if (!isLabel(value)) {
    errors.push(
      isSubdomain(value)
        ? 'must not contain dots'
        : regexError(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
            dnsLabel,
            'my-name',
            '123-abc',
          ),
    );
  }
  return errors;
}

export function dns1123Subdomain(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > subdomainMax) errors.push(maxLengthError(subdomainMax));
  if (!isSubdomain(value)) {
    errors.push(
      regexError(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        dnsSubdomain,
        'example.com',
      ),
    );
  }
  return errors;
}

export function dns1123SubdomainWithUnderscore(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > subdomainMax) errors.push(maxLengthError(subdomainMax));
  if (!value.split('.').every(isUnderscoreLabel)) {
    errors.push(
      regexError(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
        dnsSubdomainUnderscore,
        'example.com',
      ),
    );
  }
  return errors;
}

export function wildcardDns1123Subdomain(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > subdomainMax) errors.push(maxLengthError(subdomainMax));
  if (!value.startsWith('*.') || !isSubdomain(value.slice(2))) {
    errors.push(
      regexError(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        wildcardSubdomain,
        '*.example.com',
      ),
    );
  }
  return errors;
}

export function dns1035LabelErrors(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > labelMax) errors.push(maxLengthError(labelMax));
  if (!isLabel(value) || !/^[a-z]/.test(value)) {
    errors.push(
      regexError(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        dns1035Label,
        'my-name',
        'abc-123',
      ),
    );
  }
  return errors;
}

const qualifiedMessage = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** A label key: `name` or `prefix/name`. */
export function qualifiedName(value: string): string[] {
  const errors: string[] = [];
  const parts = value.split('/');
  if (parts.length > 2) {
    return [
      `a valid label key ${regexError(qualifiedMessage, labelKey, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts[parts.length - 1] as string;
  if (parts.length === 2) {
    if (parts[0] === '') errors.push('prefix part must be non-empty');
    else errors.push(...dns1123Subdomain(parts[0] as string).map((message) => `prefix part ${message}`));
  }
  if (name === '') errors.push('name part must be non-empty');
  else if (byteLength(name) > labelMax) errors.push(`name part ${maxLengthError(labelMax)}`);
  if (!isLabelName(name)) errors.push(`name part ${regexError(qualifiedMessage, labelKey, 'MyName', 'my.name', '123-abc')}`);
  return errors;
}

export function labelValueErrors(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > labelMax) errors.push(maxLengthError(labelMax));
  if (value !== '' && !isLabelName(value)) {
    errors.push(
      regexError(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        labelValue,
        'MyValue',
        'my_value',
        '12345',
      ),
    );
  }
  return errors;
}

export const portNumber = (port: number): string[] => (port >= 1 && port <= 65535 ? [] : [rangeError(1, 65535)]);

export function portName(port: string): string[] {
  const errors: string[] = [];
  if (byteLength(port) > 15) errors.push(maxLengthError(15));
  if (!/^[-a-z0-9]+$/.test(port)) errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(port)) errors.push('must contain at least one letter (a-z)');
  if (port.includes('--')) errors.push('must not contain consecutive hyphens');
  if (port !== '' && (port.startsWith('-') || port.endsWith('-'))) errors.push('must not begin or end with a hyphen');
  return errors;
}

const maxInt32 = 2147483647;
export const userId = (id: number): string[] => (id >= 0 && id <= maxInt32 ? [] : [rangeError(0, maxInt32)]);
export const groupId = userId;

export const percentErrors = (value: string): string[] =>
  /^[0-9]+%$/.test(value) ? [] : [regexError("a valid percent string must be a numeric string followed by an ending '%'", percent, '1%', '93%')];

export const httpHeaderName = (value: string): string[] =>
  /^[-A-Za-z0-9]+$/.test(value) ? [] : [regexError("a valid HTTP header must consist of alphanumeric characters or '-'", httpHeader, 'X-Header-Name')];

function dotPrefix(value: string): string[] {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

export function configMapKeyErrors(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > subdomainMax) errors.push(maxLengthError(subdomainMax));
  if (!/^[-._a-zA-Z0-9]+$/.test(value)) {
    errors.push(regexError("a valid config key must consist of alphanumeric characters, '-', '_' or '.'", configMapKey, 'key.name', 'KEY_NAME', 'key-name'));
  }
  errors.push(...dotPrefix(value));
  return errors;
}

/** Strict names, of files of environment variables only; containers take the relaxed ones. */
export function envVarNameErrors(value: string): string[] {
  const errors: string[] = [];
  if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(value)) {
    errors.push(
      regexError(
        "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
        envVarName,
        'my.env-name',
        'MY_ENV.NAME',
        'MyEnvName1',
      ),
    );
  }
  errors.push(...dotPrefix(value));
  return errors;
}

export function relaxedEnvVarName(value: string): string[] {
  if (value === '') return ['environment variable name must be non-empty'];
  return /^[ -<>-~]+$/.test(value) ? [] : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}
