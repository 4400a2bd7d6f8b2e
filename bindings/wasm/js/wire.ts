// The types of the schemas, without the names that only make sense among themselves.

export type {
  Approval,
  BomLine,
  BomTotal,
  ConfiguredLine,
  Considered,
  CouponOutcome,
  DocumentDiscount,
  ExplodedBom,
  LinePrice,
  LineTax,
  Margin,
  OpenGroup,
  Quote,
  QuoteLine,
  Refusal,
  RuleReference,
  Step,
  SubLine,
  TaxBreakdown,
  Totals,
  UserChoice,
} from "./schema/quote.js";
export type {
  CouponUse,
  Customer,
  LineConfiguration,
  ManualDiscount,
  RampStep,
  RequestLine,
  Window,
} from "./schema/request.js";
