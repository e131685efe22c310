/**
 * What becomes of the lab's packets when something is taken away or put in their way: changes, the
 * questions that are asked before and after, and where the answers differ.
 */
package dev.hairpin.agent.whatif;
