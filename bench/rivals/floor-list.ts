/** The list that the rival *floor* reads. */
export const FLOOR_LIST = 'floor-conversions';
