/**
 * The difference between what the kernel holds and what we want there: {@link
 * dev.hairpin.rules.plan.Plan}. Pure; {@code apply} carries it out.
 */
package dev.hairpin.rules.plan;
