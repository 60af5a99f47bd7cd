"""Pictures and evidence: public pictures under names that never change their content, private files of cases.

A private file is told by its content, made harmless, kept outside every public folder, and shown to those alone whom
the slice of its subject names.
"""
