/**
 * What every layout drafts its rules from: the state that is wanted, as one family sees it, the
 * order in which things came, and what is lost without a rule. Layouts differ in what they make of
 * it.
 */
package dev.hairpin.rules.drafting;
