/** The page as it is seen, as SVG: its elements with the styles they use, canvases as images. Nothing is fetched. */

/** `theme`: for a picture that does not depend on the reader's machine. */
export function pictureSvg(root: HTMLElement, theme: string): string {
  const { width, height } = root.getBoundingClientRect();
  const clone = root.cloneNode(true) as HTMLElement;
  copyCanvases(root, clone);
  copyFields(root, clone);
  for (const e of clone.querySelectorAll('script, .unseen, .splits, .popover, [aria-live="assertive"]')) e.remove();
  clone.setAttribute('xmlns', 'http://www.w3.org/1999/xhtml');
  const html = new XMLSerializer().serializeToString(clone);
  const [w, h] = [Math.round(width), Math.round(height)];
  const body = `html,body{margin:0}.app{width:${w}px!important;height:${h}px!important;position:relative!important}`;
  // In the picture the root is the svg element: variables and the theme hang there.
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" data-theme="${theme}"><style>${inStyle(styles())}${body}svg[data-theme]{font:400 13px/20px var(--sans);color:var(--ink)}</style><foreignObject width="${w}" height="${h}">${html}</foreignObject></svg>`;
}

const inStyle = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

function styles(): string {
  const out: string[] = [];
  for (const sheet of document.styleSheets) {
    try {
      for (const rule of sheet.cssRules) if (!rule.cssText.startsWith('@font-face')) out.push(rule.cssText);
    } catch {
      // A sheet of another origin cannot be read.
    }
  }
  return out.join('\n');
}

function copyCanvases(from: HTMLElement, to: HTMLElement): void {
  const [sources, targets] = [[...from.querySelectorAll('canvas')], [...to.querySelectorAll('canvas')]];
  for (const [i, canvas] of sources.entries()) {
    const target = targets[i];
    if (!target || canvas.width === 0 || canvas.height === 0) continue;
    const image = document.createElement('img');
    image.setAttribute('src', canvas.toDataURL());
    image.setAttribute('style', `${canvas.getAttribute('style') ?? ''};display:block;width:${canvas.clientWidth}px;height:${canvas.clientHeight}px`);
    image.setAttribute('class', canvas.className);
    target.replaceWith(image);
  }
}

function copyFields(from: HTMLElement, to: HTMLElement): void {
  const [sources, targets] = [[...from.querySelectorAll('textarea, input')], [...to.querySelectorAll('textarea, input')]];
  for (const [i, field] of sources.entries()) {
    const target = targets[i];
    if (field instanceof HTMLTextAreaElement && target) target.textContent = field.value;
    else if (field instanceof HTMLInputElement && target) target.setAttribute('value', field.value);
  }
}

/** At twice the size, for slides. */
export async function pictureBlob(svg: string, scale = 2): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.width * scale;
  canvas.height = image.height * scale;
  const ctx = canvas.getContext('2d');
  if (!ctx) throw new Error('no canvas');
  ctx.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture came of it'))), 'image/png'));
}
