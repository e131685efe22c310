/**
 * Guided tours of the lab: what is done, what to expect, what happened, and why.
 *
 * <p>A {@link dev.hairpin.agent.tour.Tour} is data: steps of typed commands with what has to come
 * of each. A {@link dev.hairpin.agent.tour.Guide} leads through it, on a {@link
 * dev.hairpin.agent.tour.Stage} where commands are run and before an {@link
 * dev.hairpin.agent.tour.Audience}. What is said is in resource bundles.
 */
package dev.hairpin.agent.tour;
