/** Words that the marketplace is made of. People are fictitious, and mail to example.com goes nowhere. */
export interface Area {
  code: string;
  city: string;
  state: string;
  zip: string;
}

export const AREAS: readonly Area[] = [
  { code: '404', city: 'Atlanta', state: 'GA', zip: '30303' },
  { code: '212', city: 'New York', state: 'NY', zip: '10001' },
  { code: '305', city: 'Miami', state: 'FL', zip: '33130' },
  { code: '617', city: 'Boston', state: 'MA', zip: '02108' },
  { code: '215', city: 'Philadelphia', state: 'PA', zip: '19103' },
  { code: '704', city: 'Charlotte', state: 'NC', zip: '28202' },
  { code: '202', city: 'Washington', state: 'DC', zip: '20001' },
  { code: '615', city: 'Nashville', state: 'TN', zip: '37203' },
  { code: '312', city: 'Chicago', state: 'IL', zip: '60601' },
  { code: '713', city: 'Houston', state: 'TX', zip: '77002' },
  { code: '512', city: 'Austin', state: 'TX', zip: '78701' },
  { code: '504', city: 'New Orleans', state: 'LA', zip: '70112' },
  { code: '412', city: 'Pittsburgh', state: 'PA', zip: '15222' },
  { code: '216', city: 'Cleveland', state: 'OH', zip: '44113' },
  { code: '804', city: 'Richmond', state: 'VA', zip: '23219-1905' },
  { code: '843', city: 'Charleston', state: 'SC', zip: '29401' },
  { code: '813', city: 'Tampa', state: 'FL', zip: '33602' },
  { code: '407', city: 'Orlando', state: 'FL', zip: '32801' },
  { code: '912', city: 'Savannah', state: 'GA', zip: '31401' },
  { code: '919', city: 'Raleigh', state: 'NC', zip: '27601' },
  { code: '502', city: 'Louisville', state: 'KY', zip: '40202' },
  { code: '313', city: 'Detroit', state: 'MI', zip: '48226' },
  { code: '410', city: 'Baltimore', state: 'MD', zip: '21201' },
  { code: '203', city: 'New Haven', state: 'CT', zip: '06510' },
];

const split = (words: string): readonly string[] => words.split(' ');

export const FIRST_NAMES = split(
  'Ada Alma Amara Andre Anita Arturo Ayana Beatriz Ben Bianca Brandon Camila Carla Cedric Chloe Dana Darius Deshawn Elena Elijah ' +
    'Emeka Esther Fatima Felix Gabriel Grace Hana Hector Imani Ines Isaiah Jada Jamal Joan Jorge Kara Keisha Kofi Lamar Leila ' +
    'Linh Lucia Malik Marcus Maya Mei Nadia Naomi Noah Olivia Omar Paloma Priya Quinn Rashid Renee Rosa Sana Simone Tariq Tess Uma Vera Wes Yara Zoe',
);

export const LAST_NAMES = split(
  'Abbott Adeyemi Alvarez Banks Barnes Bell Brooks Butler Carter Castillo Chen Cole Cruz Dawson Delgado Diaz Ellis Farrow Fields Flores ' +
    'Ford Garcia Gibson Grant Green Haddad Harper Hayes Hill Howard Hughes Ibrahim Jackson James Jenkins Kim King Lane Lawson Lee ' +
    "Lewis Lopez Marsh Mason Mendez Miller Moore Morales Nguyen O'Brien O'Neal Okafor Ortiz Owens Park Patel Perry Price Ramos Reed " +
    'Reyes Rivera Rosario Ross Russell Santos Shah Shaw Silva Simmons Singh Stone Tran Turner Vargas Walker Ward Webb West Wood Young Zamora',
);

const KITCHENS = split(
  'Magnolia Peachtree Harbor Copper Juniper Marigold Old-Mill Blue-Door Southside Riverside Cinnamon Fig Saffron Maple Tamarind Willow',
);
const TRADES = [
  'Kitchen',
  'Catering',
  'Smokehouse',
  'Deli',
  'Taqueria',
  'Bistro',
  'Grill',
  'Table',
  'Soul Food',
  'Lunch Counter',
] as const;

/** Different names for the first 160 businesses; after that they carry a number, as branches do. */
export function businessName(index: number): string {
  const kitchen = (KITCHENS[index % KITCHENS.length] ?? '').replace('-', ' ');
  const trade = TRADES[(index + Math.floor(index / KITCHENS.length)) % TRADES.length] ?? '';
  const branch = Math.floor(index / (KITCHENS.length * TRADES.length));
  return branch === 0 ? `${kitchen} ${trade}` : `${kitchen} ${trade} No. ${branch + 1}`;
}

export interface Dish {
  name: string;
  category: string;
  /** Cents, before a kitchen's own price level. */
  price: number;
}

const dishes = (category: string, list: readonly [name: string, price: number][]): Dish[] =>
  list.map(([name, price]) => ({ name, category, price }));

export const DISHES: readonly Dish[] = [
  ...dishes('Mains', [
    ['Brisket Plate', 1699],
    ['Jerk Chicken', 1449],
    ['Fried Catfish', 1549],
    ['Shrimp and Grits', 1799],
    ['Chicken Tikka Bowl', 1399],
    ['Beef Birria Tacos', 1349],
    ['Pulled Pork Sandwich', 1199],
    ['Salmon Rice Bowl', 1749],
    ['Turkey Meatloaf', 1299],
    ['Lamb Gyro', 1399],
  ]),
  ...dishes('Vegetarian', [
    ['Mushroom Risotto', 1399],
    ['Lentil Curry', 1149],
    ['Veggie Burrito', 1099],
    ['Falafel Wrap', 1049],
    ['Jackfruit Sliders', 1249],
  ]),
  ...dishes('Sides', [
    ['Mac and Cheese', 599],
    ['Collard Greens', 499],
    ['Cornbread', 349],
    ['Side Salad', 449],
    ['Sweet Plantains', 449],
  ]),
  ...dishes('Desserts', [
    ['Peach Cobbler', 599],
    ['Banana Pudding', 549],
    ['Key Lime Pie', 649],
  ]),
  ...dishes('Drinks', [
    ['Sweet Tea', 299],
    ['Hibiscus Lemonade', 349],
    ['Mango Lassi', 449],
  ]),
];
