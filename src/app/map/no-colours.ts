/**
 * Stands for d3-color, which d3-transition brings along for attributes and styles that change from one colour to another. React Flow's
 * transitions move the viewport and nothing else: no string is a colour to them, and nothing is an instance of one.
 */
function none(): null {
  return null;
}

export { none as color, none as cubehelix, none as hcl, none as hsl, none as lab, none as rgb };
