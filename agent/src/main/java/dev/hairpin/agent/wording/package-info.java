/** What is said to people, in their language. */
package dev.hairpin.agent.wording;
