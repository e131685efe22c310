/** Which layouts there are. */
package dev.hairpin.rules.layouts;
