/** Brotli kilobytes that a figure loads once it is asked for: page, styles and simulator. The build says when this is no longer so. */
export const figureKilobytes = 600;
