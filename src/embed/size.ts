/** Brotli kilobytes that a figure loads once it is asked for: page, styles and simulator. */
export const figureKilobytes = 630;
