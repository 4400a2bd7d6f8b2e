// A small shop: tiers, a cluster, a product with options, rules among them.

export const BOOK = {
  v: 1,
  name: "Ciclisti",
  currency: "EUR",
  customers: { rossi: { cluster: "reseller" } },
  products: {
    "FRAME-54": { cost: "310" },
    "TYRE-28": { cost: "11.20" },
    bike: { model: "bike" },
  },
  price_lists: [
    {
      id: "base",
      prices: {
        "FRAME-54": "520",
        "TYRE-28": [{ price: "19.90" }, { from: "50", price: "17.50" }],
        bike: "900",
      },
    },
  ],
  discounts: [{ id: "reseller", stage: "cluster", for: { cluster: "reseller" }, percent: "10" }],
  models: [
    {
      id: "bike",
      groups: [
        {
          id: "frame",
          name: "Frame",
          options: [{ id: "alu", name: "Aluminium" }, { id: "carbon", name: "Carbon", price: "900" }],
        },
        {
          id: "brake",
          name: "Brakes",
          options: [{ id: "rim", name: "Rim" }, { id: "disc", name: "Disc", price: "100" }],
        },
        {
          id: "extras",
          name: "Extras",
          choose: { min: 0, max: 2 },
          options: [{ id: "bell", name: "Bell", price: "10" }, { id: "rack", name: "Rack", price: "40" }],
        },
      ],
      rules: [
        { id: "no-rim", text: "carbon rims burn", must: { excludes: ["carbon", "rim"] } },
        { id: "no-rack", text: "the carbon frame carries no rack", must: { excludes: ["carbon", "rack"] } },
      ],
    },
  ],
};

export const REQUEST = {
  customer: "rossi",
  date: "2026-10-05",
  lines: [
    { product: "FRAME-54", quantity: "8" },
    { product: "TYRE-28", quantity: "48" },
  ],
};
