import { testCatalogue } from './test-catalogue.js';

await testCatalogue('newer');
