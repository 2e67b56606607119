"""Regular expressions, eval and exec, and floats between two shortest texts."""
import re

print(re.split(r'(\d.*)', "k3"), re.split(r"_", "a_b__c"), re.split(r"(_)", "a_b"), re.split(r"\s+", " a  b "), re.split("", "abc"), re.split("x*", "axbc"))
print(re.findall(r"\d+", "a1b22c333"), re.findall(r"(\w)(\d)", "a1 b2"), re.findall(r"(a)|b", "ab"), re.findall(r"", "ab"))
m = re.match(r"(?P<n>[a-z]+)(\d+)?", "abc123x"); print(m.groups(), m.groupdict(), m.span(), m.group("n", 2), m)
print(re.match(r"^layer(\d+)\.(\d+)\.conv(\d)$", "layer1.0.conv2").groups())
print(re.sub(r"(\w+)\.(\w+)", r"\2-\g<1>", "a.b c.d"), re.sub("a", lambda m: m.group().upper(), "banana", 2), re.subn(r"\s", "", "a b c"))
print(re.search(r"b+?", "abbb").group(), re.search(r"b+", "abbb").group(), re.search(r"(ab)*c", "xababc").span(), re.search("z", "a"))
print(re.fullmatch(r"a|ab", "ab") is not None, re.match(r"(a|ab)(c|bcd)(d*)", "abcd").groups())
print(re.sub(r"(?<=a)b|b(?=c)", "X", "ab bc bd"), re.findall(r"(?i)ABC", "abcABC"), re.findall("abc", "ABC", re.I), re.findall(r"^\w", "a\nb", re.M))
print(re.escape("a.b*c"), re.match(r"[^a-c\]]+", "xyz]a").group(), re.match(r"[\w.-]+@\w+", "a.b-c@d").group(), re.match(r"a{2,3}", "aaaa").group(), re.match(r"a{2}", "aaaa").group(), re.match(r"a{,2}b", "aab").group(), re.match(r"\{x\}", "{x}").group())
print(re.match(r"(\w)\1", "aa").group(), re.findall(r"\bfoo\b", "foo foobar foo"), [m.span() for m in re.finditer("a|", "bab")], re.match("(a*)*", "aaa").group(), re.match("(?:a|b)+$", "abab").group())
print(re.sub("x*", "-", "abxd"), re.compile(r"\d").sub("#", "a1"), re.match("a.c", "a\nc"), re.match("a.c", "a\nc", re.S).group())
x = 3
print(eval("x + 1"), eval("y * 2", {"y": 5}), eval("[i * i for i in range(3)]"))
exec("z = x * 2")
print(z)
print(0.0897102355957031250, 0.08971023559570312, 5e-324, 1e22, 123456789012345680.0, 0.1 + 0.2)
