/** How large the parts of a marketplace are in relation to each other. */
export const CUSTOMERS_A_BUSINESS = 50;
export const FEWEST_BUSINESSES = 12;

/** Of the customers, those who had signed up before the history begins. */
export const EARLY_CUSTOMERS = 0.25;

/** Of those who sign up, the ones who order soon afterwards. Others may come to it later, or never. */
export const ORDER_AT_ONCE = 0.8;

/** Share of orders that end CANCELLED. */
export const CANCELLED = 0.045;

/** The newer generation has a menu for each business; so many at most, so that a million orders do not need 20 million items. */
export const MOST_MENUS = 40_000;
