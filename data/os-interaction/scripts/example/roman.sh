cat > /opt/bin/roman << 'END'
#!/usr/bin/env python3
import sys

signs = [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L")]
signs += [(40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]
number, text = int(sys.argv[1]), ""
for value, sign in signs:
    text += sign * (number // value)
    number %= value
print(text)
END
chmod 755 /opt/bin/roman
