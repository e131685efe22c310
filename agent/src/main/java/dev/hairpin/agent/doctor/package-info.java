/**
 * Finds out why a published port can't be reached, and whose rule or setting it is. What was looked
 * up is text that can come from another machine; all that is concluded from it is pure.
 */
package dev.hairpin.agent.doctor;
