"""Loads embed.js as a module also with versions of MkDocs that cannot say so in extra_javascript (before 1.5)."""


def on_post_page(output, page, config):
    return output.replace('<script src="/kubarium/embed.js"', '<script type="module" src="/kubarium/embed.js"')
