/** Breaks lines at white space so that they have at most `width` characters, words longer than that aside. Models mitchellh/go-wordwrap WrapString, v1.0.1. */
export function wrapText(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, width))
    .join('\n');
}

function wrapLine(line: string, width: number): string {
  let out = '';
  let used = 0;
  for (const [, space = '', word = ''] of line.matchAll(/(\s*)(\S*)/gu)) {
    if (word === '') {
      if (used + space.length <= width) out += space;
      continue;
    }
    const room = width - used - space.length;
    if (word.length > room && room + 1 < width) {
      out += `\n${word}`;
      used = word.length;
    } else {
      out += space + word;
      used += space.length + word.length;
    }
  }
  return out;
}

export const indentText = (text: string, by: number): string => {
  const pad = ' '.repeat(by);
  return pad + text.replaceAll('\n', `\n${pad}`);
};
